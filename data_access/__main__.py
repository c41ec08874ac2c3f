"""python -m data_access: the command line, which stands above this room (commands/)."""

import sys

from commands import main

sys.exit(main())
