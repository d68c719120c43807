"""``workup diagnose`` from end to end."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from workup.case import Case, Finding, from_json, to_json
from workup.cli.diagnose import WhatIf, _unique_stem
from workup.cli.main_support import run as run_main  # type: ignore[import-not-found]
