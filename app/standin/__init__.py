"""The stand-in city hotline: a work-order gateway as CONTRACT describes it, with faults to switch on.

It imports nothing of the rest of the application, keeps its orders in a file of its own, and is reached
over HTTP only: to Mashang it is a foreign city's machine. Unofficial, for demonstration and tests.
"""

from app.standin.faults import BadFaultSpec, Faults
from app.standin.gateway import create_gateway
from app.standin.orders import Orders
from app.standin.push import Push
from app.standin.serving import serve

__all__ = ["BadFaultSpec", "Faults", "Orders", "Push", "create_gateway", "serve"]
