"""Runs first in depgen.pyz: it holds compiled packages, which only the Python and machine it was made for can load."""

import platform
import sys
from importlib.util import find_spec

if find_spec("jq") is None:
    here = f"{platform.python_implementation()} {platform.python_version()} on {platform.system()} {platform.machine()}"
    sys.stderr.write(
        f"Error: this depgen.pyz was made for another Python or machine than {here}; make zipapp makes one\n"
    )
    sys.exit(2)
