"""Every table in one import, for migrations and for create_app."""

from app.access import models as access
from app.calendar import models as calendar
from app.case_days import models as case_days
from app.cases import models as cases
from app.cases import queue_models as queue
from app.categories import models as categories
from app.forwarding import models as forwarding
from app.notices import models as notices
from app.outbox import models as outbox
from app.places import models as places
from app.replies import models as replies
from app.staff import models as staff
from app.units import models as units

__all__ = [
    "access",
    "calendar",
    "case_days",
    "cases",
    "categories",
    "forwarding",
    "notices",
    "outbox",
    "places",
    "queue",
    "replies",
    "staff",
    "units",
]
