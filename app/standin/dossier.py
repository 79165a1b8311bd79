"""The body of POST /workorders, checked field by field. What the contract does not name is kept unread."""

import json
from datetime import date
from typing import Annotated, Any, Literal

import pydantic_core
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=0, le=10**9)]


class BadBody(ValueError):
    """The body cannot be taken; the message names the first field that is wrong, and why."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow")


class Category(_Part):
    code: Text
    level1: Text
    level2: str | None
    level3: str | None


class Address(_Part):
    district: str | None
    sub_district: Text
    community: Text
    building: str | None
    doorway: str | None


class Location(_Part):
    lng: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    datum: Text


class Contact(_Part):
    name: str | None
    phone: str | None


class Handled(_Part):
    at: AwareDatetime
    action: Text
    note: str | None


class Attachment(_Part):
    url: Annotated[str, Field(pattern=r"^https?://")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    media_type: Text


class Dossier(_Part):
    """Everything Mashang hands over about one case, as one order."""

    external_id: Text | Annotated[int, Field(ge=0, le=2**63 - 1)]
    case_number: Text
    sequence: Annotated[int, Field(ge=1, le=10**6)]
    kind: Literal["inquiry", "help", "complaint", "tipoff", "suggestion"] | None
    title: Text
    description: str
    category: Category | None
    lead_unit: str | None
    supporting_units: list[str]
    due_at: AwareDatetime | None
    address: Address
    location: Location | None
    reporters: Count
    supporters_unverified: Count
    contact: Contact | None
    legal_basis: Literal["consent", "statutory"]
    handled: list[Handled]
    attachments: list[Attachment]
    case_day: date | None


def read_dossier(body: bytes) -> dict[str, Any]:
    """The body as received, once it is known to hold every field of the contract. Raises BadBody."""
    try:
        Dossier.model_validate_json(body)
        received = pydantic_core.from_json(body, allow_inf_nan=False)
        json.dumps(received, allow_nan=False).encode()
    except ValidationError as wrong:
        raise BadBody(_first_reason(wrong)) from None
    except ValueError as wrong:
        raise BadBody(f"body: {wrong}") from None
    if not isinstance(received, dict):
        raise BadBody("body: not a JSON object")
    return received


def _first_reason(wrong: ValidationError) -> str:
    first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
    # The union of external_id adds the name of the branch to the path; only the field concerns the caller.
    place = first["loc"][:1] if first["loc"][:1] == ("external_id",) else first["loc"]
    return f"{'.'.join(str(step) for step in place) or 'body'}: {first['msg']}"
