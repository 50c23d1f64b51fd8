"""The texts of errors without the credentials that they may hold.

A plugin's exception may name the address of a server with its password, and reports, pages and the log show such texts.
"""

from __future__ import annotations

import logging
import re

MASK = "***"

_IN_ADDRESSES = re.compile(r"(?<=://)[^\s'\"<>]+(?=@)")
_NAMED = re.compile(
    r"""
    ( (?:api_?key|authorization|credential|passw|pepper|private_?key|secret|token) \w* [\\"'\]]{0,3}
      [ \t]* [=:] [ \t]* )
    (?: (?:basic|bearer|token) [ \t]+ \S+ | "[^"\n]*" | '[^'\n]*' | [\[{(] .* | [^\s,;&)\]}]+ )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_FORMATTER = logging.Formatter()


def masked(text: str) -> str:
    """Return ``text`` without the credentials in addresses, and without what is called a password, token or alike.

    That is ``scheme://user:password@``, and whatever stands behind such a name and ``=`` or ``:``. A secret that
    nothing gives away as one is not found.
    """
    return _NAMED.sub(rf"\1{MASK}", _IN_ADDRESSES.sub(MASK, text))


def described(error: BaseException) -> str:
    """Return the class and the text of ``error``, :func:`masked`."""
    return masked(f"{type(error).__name__}: {error}")


def masking_logger(name: str) -> logging.Logger:
    """Return the logger ``name``, whose tracebacks are :func:`masked`."""
    logger = logging.getLogger(name)
    logger.addFilter(_mask_traceback)
    return logger


def _mask_traceback(record: logging.LogRecord) -> bool:
    if record.exc_info:
        # A formatter does not make anew what is there (logging.Formatter.format).
        record.exc_text = masked(_FORMATTER.formatException(record.exc_info))
    return True
