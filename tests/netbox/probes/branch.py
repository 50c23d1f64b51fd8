"""Print what becomes of an object type's row, and of NetBox's pages, while a branch of netbox-branching is active."""

from __future__ import annotations

import json

from core.models import ObjectType
from django.db import connection
from django.test import Client
from netbox_branching.models import Branch
from netbox_branching.utilities import activate_branch
from netbox_inventory.models import Asset
from users.models import User

from netbox_plugin_reloader import reload_plugins
from netbox_plugin_reloader.compat import running_version, select
from netbox_plugin_reloader.repair.object_types import repair_object_types

STRATEGY = select(running_version())


def features():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT features FROM core_objecttype JOIN django_content_type ON id = contenttype_ptr_id "
            "WHERE (app_label, model) = ('netbox_inventory', 'asset')"
        )
        return sorted(cursor.fetchone()[0])


def damage():
    ObjectType.objects.using("default").filter(app_label="netbox_inventory", model="asset").update(features=[])


def described(outcome):
    rows = (outcome.repairs, outcome.stale, outcome.failures)
    return [*([row.subject for row in kind] for kind in rows), outcome.problem]


user = User.objects.create_superuser("branching")
branch = Branch(name="A branch", owner=user)
branch.save(provision=False)
branch.provision(user)
branch.refresh_from_db()
found = {"status": branch.status, "before": features()}
damage()
with activate_branch(branch):
    found["in the branch"] = described(repair_object_types(STRATEGY))
    made = reload_plugins(Asset)
    found["named in the branch"] = [row.subject for row in made.repairs + made.failures if row.kind == "object type"]
found["after the branch"] = features()
found["in main"] = described(repair_object_types(STRATEGY))
found["at last"] = features()
damage()
client = Client(headers={"host": "localhost"})
client.force_login(user)
pages = ["/plugins/inventory/assets/", "/extras/custom-fields/add/", "/plugins/plugin-reloader/"]
answers = [client.get(page, {"_branch": branch.schema_id}) for page in pages]
found["pages"] = [answer.status_code for answer in answers]
found["branch of the pages"] = [answer.wsgi_request.active_branch is not None for answer in answers[:1]]
print(json.dumps(found))
