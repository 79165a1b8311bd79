"""The entry of the web server and of the `flask` command."""

import sys

from app import create_app
from app.config import ConfigError

try:
    app = create_app()
except ConfigError as wrong:
    sys.exit(f"mashang: {wrong} (`make run` writes a .env for the demo)")
