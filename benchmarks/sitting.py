"""`python -m benchmarks.sitting`: makes somebody of the desk in the database of this environment and prints the cookie
of their session."""

from flask import session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from app import clock, create_app
from app.access.actor import Role
from app.db import db, transaction
from app.places.models import SubDistrict
from app.staff.models import Staff
from app.web.auth import sign_in

NAME = "bench"


def main() -> None:
    app = create_app()
    with app.app_context(), app.test_request_context():
        sign_in.sign_in(_somebody())
        generate_csrf()  # a browser brings one from its first page
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        print(f"session={serializer.dumps(dict(session))}")


def _somebody() -> Staff:
    with transaction() as written:
        person = written.scalars(select(Staff).where(Staff.username == NAME)).one_or_none()
        if person is None:
            place = written.scalars(select(SubDistrict.id)).one()
            person = Staff(
                username=NAME, display_name=NAME, role=Role.DISPATCHER.value, sub_district_id=place,
                created_at=clock.now(),
            )  # fmt: skip
            written.add(person)
        written.flush()
        staff_id = person.id
    return db.session().get_one(Staff, staff_id)


if __name__ == "__main__":
    main()
