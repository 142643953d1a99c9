"""`python -m modelslab_mock` is the same command."""

import sys

from .cli import main

sys.exit(main())
