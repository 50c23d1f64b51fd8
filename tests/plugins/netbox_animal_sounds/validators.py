"""A validator, for an administrator to name in CUSTOM_VALIDATORS."""

from __future__ import annotations

from extras.validators import CustomValidator


class QuietAnimalValidator(CustomValidator):
    def validate(self, instance, request):
        if instance.loudness > 100:
            self.fail("No animal may be as loud as that.", field="loudness")
