"""The floor: the same form built the obvious way, from the same libraries, and never tuned.

Every figure of the product is a ratio to this app, measured in the same run. Whoever makes this
file faster or slower changes every figure in docs/performance.md: leave it as it is.
"""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, abort, redirect, render_template, request, url_for
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import FlaskForm
from sqlalchemy import ForeignKey, String, Text, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, Regexp

CATEGORIES = [
    ("water", "供水"), ("power", "供电"), ("gas", "燃气"), ("heat", "供暖"), ("lift", "电梯"),
    ("roof", "屋顶漏水"), ("drain", "下水堵塞"), ("light", "楼道照明"), ("door", "单元门禁"),
    ("rubbish", "垃圾清运"), ("sorting", "垃圾分类"), ("parking", "停车秩序"), ("bicycles", "非机动车停放"),
    ("charging", "充电设施"), ("clutter", "楼道堆物"), ("noise", "噪声扰民"), ("dogs", "养犬"),
    ("green", "绿化修剪"), ("road", "道路破损"), ("fitness", "健身设施"), ("illegal", "私搭乱建"),
    ("property", "物业服务"), ("elderly", "为老服务"), ("other", "其他"),
]  # fmt: skip
LIST_LENGTH = 25


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(metadata=Base.metadata)


class Doorway(Base):
    __tablename__ = "doorway"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    community: Mapped[str] = mapped_column(String(40))
    building: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))


class Report(Base):
    __tablename__ = "report"
    id: Mapped[int] = mapped_column(primary_key=True)
    doorway_id: Mapped[int] = mapped_column(ForeignKey("doorway.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20))
    spot: Mapped[str] = mapped_column(String(80))
    call_back: Mapped[bool] = mapped_column(default=False)
    written_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))


class ReportForm(FlaskForm):  # type: ignore[misc]
    text = TextAreaField("诉求内容", validators=[DataRequired(), Length(max=2000)])
    category = SelectField("类别", choices=CATEGORIES, validators=[DataRequired()])
    name = StringField("称呼", validators=[Optional(), Length(max=40)])
    phone = TelField("电话", validators=[Optional(), Regexp(r"^[0-9+\- ]{7,20}$")])
    spot = StringField("具体位置", validators=[Optional(), Length(max=80)])
    call_back = BooleanField("请给我回电话")


def create_floor(database: str) -> Flask:
    """The floor app on the SQLite file `database` (a path), its tables made if they are missing."""
    app = Flask("benchmarks.floor", template_folder=str(Path(__file__).with_name("templates")))
    app.config["SECRET_KEY"] = "floor"  # noqa: S105 - guards nothing
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{database}"
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "connect", _durable)
        Base.metadata.create_all(db.engine)
    app.add_url_rule("/hello", view_func=hello)
    app.add_url_rule("/d/<code>", view_func=doorway, methods=["GET", "POST"])
    app.add_url_rule("/done/<int:number>", view_func=done)
    app.add_url_rule("/list", view_func=listing)
    return app


def fill(database: str, codes: list[str]) -> None:
    """Makes one doorway for each code in the SQLite file `database`."""
    app = create_floor(database)
    with app.app_context():
        for place, code in enumerate(codes):
            building, entrance = divmod(place, 5)
            name = f"{building + 1}号楼", f"{entrance + 1}单元"
            db.session.add(Doorway(code=code, community="示例社区", building=name[0], name=name[1]))
        db.session.commit()


def hello() -> str:
    return "hello"


def doorway(code: str) -> str | Response | tuple[str, int]:
    place = db.session.scalar(select(Doorway).where(Doorway.code == code))
    if place is None:
        abort(404)
    form = ReportForm()
    if form.validate_on_submit():
        report = Report(
            doorway_id=place.id,
            text=form.text.data,
            category=form.category.data,
            name=form.name.data or "",
            phone=form.phone.data or "",
            spot=form.spot.data or "",
            call_back=form.call_back.data,
        )
        db.session.add(report)
        db.session.commit()
        return redirect(url_for("done", number=report.id), 303)
    page = render_template("form.html", form=form, doorway=place)
    return (page, 422) if request.method == "POST" else page


def done(number: int) -> str:
    return f"{number}"


def listing() -> str:
    before = request.args.get("before", type=int)
    query = select(Report).order_by(Report.id.desc()).limit(LIST_LENGTH)
    if before is not None:
        query = query.where(Report.id < before)
    return render_template("list.html", reports=db.session.scalars(query).all())


def _durable(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
