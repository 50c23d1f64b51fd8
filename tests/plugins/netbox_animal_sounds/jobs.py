"""A background job for one animal, and a system job."""

from __future__ import annotations

from netbox.jobs import JobRunner, system_job

from .models import Animal


class ListenJob(JobRunner):
    class Meta:
        name = "Listen to an animal"

    def run(self, *args, **kwargs):
        self.job.data = {"heard": self.job.object.name}


@system_job(interval=60)
class CountAnimalsJob(JobRunner):
    class Meta:
        name = "Count the animals"

    def run(self, *args, **kwargs):
        self.job.data = {"animals": Animal.objects.count()}
