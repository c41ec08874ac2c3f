"""What a browser lets the product's documents do (Content-Security-Policy): nothing comes from, goes to, or is shown
inside another site; a script that stands in a document runs only where the program wrote it.
"""

from __future__ import annotations

import base64
import hashlib
import re

# Charts compile their expressions (unsafe-eval), maps their WebAssembly; Streamlit writes styles into elements.
SOURCES = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-eval' 'wasm-unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "frame-src": "'self'",
    "frame-ancestors": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
INLINE = re.compile(rb"<script(?:\s[^>]*)?>(.*?)</script>", re.S)
_hashes: set[str] = set()  # of the scripts in documents that this program serves


def allow_scripts_of(document: bytes) -> None:
    """Let the scripts that stand in a document run. `document`: as the program serves it, never others' words."""
    for script in INLINE.findall(document):
        allow_script(script)


def allow_script(script: bytes) -> None:
    """Let this script run where it stands in a document."""
    _hashes.add(f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'")


def header() -> str:
    """The policy as a header's value."""
    scripts = " ".join(["", *sorted(_hashes)])
    return "; ".join(f"{name} {sources}{scripts if name == 'script-src' else ''}" for name, sources in SOURCES.items())
