"""Templates as Python compiled them, kept beside them as Python keeps its own: in `__pycache__`, and not at all where
PYTHONDONTWRITEBYTECODE is set. Compiling those of a door's page took longer than all the rest of a first answer."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from flask import Flask
from jinja2 import Environment, FileSystemBytecodeCache, compiler
from jinja2.bccache import Bucket

from app.config import ROOT

BROKEN = (OSError, EOFError, ValueError, TypeError, pickle.UnpicklingError)  # a file cut short, or not ours


def init_app(app: Flask) -> None:
    """Give the application its compiled templates; after everything that changes how they are compiled."""
    if not sys.dont_write_bytecode:
        app.jinja_env.bytecode_cache = Compiled(app.jinja_env, ROOT / "templates" / "__pycache__")


class Compiled(FileSystemBytecodeCache):
    """Jinja's own, which also knows what a template was compiled by; a folder nobody can write to is no fault."""

    def __init__(self, environment: Environment, folder: Path) -> None:
        super().__init__(str(folder), "%s.cache")
        made = Path(compiler.__file__).stat()
        settings = (environment.trim_blocks, environment.lstrip_blocks, sorted(environment.extensions))
        self._by = f"{made.st_mtime_ns}|{made.st_size}|{settings}"

    def get_source_checksum(self, source: str) -> str:
        return super().get_source_checksum(f"{self._by}|{source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except BROKEN:
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        try:
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)
        except OSError:
            pass
