"""Terms in other languages, from a file that the user names: for options that are to be asked in another language.

The layout is that in which the Human Phenotype Ontology publishes its translations (Babelon, tab-separated), or the
same in three columns with a comma::

    source_language  source_value     translation_language  translation_value   translation_status
    en               Seizure          de                    Krampfanfall        OFFICIAL

    source,language,target
    Seizure,de,Krampfanfall

No such file comes with this package: the ontology's own one names no translations.
"""

from __future__ import annotations

import csv
import io
from functools import lru_cache
from pathlib import Path

from workup.errors import DataError, UserError

# Name of the column in either layout.
_SOURCE = ("source_value", "source")
_LANGUAGE = ("translation_language", "language")
_TARGET = ("translation_value", "target")
# What Babelon says of a translation that is none yet.
_UNFIT = ("not_translated", "candidate", "under_review")
_LARGEST = 200_000_000


@lru_cache(maxsize=4)
def read_terms(path: Path) -> dict[str, dict[str, str]]:
    """Terms by language, then by the term in the original language, as it is and in small letters.

    Raises:
        UserError: The file cannot be read.
        DataError: It is no such table, or holds nothing.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise UserError(f"{path} is larger than {_LARGEST // 1_000_000} MB; leave out what is not needed")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError("is no text in UTF-8", path=str(path), remedy="save it as UTF-8") from error
    rows = csv.DictReader(io.StringIO(text), delimiter="\t" if "\t" in text.partition("\n")[0] else ",")
    columns = [next((name for name in names if name in (rows.fieldnames or ())), "") for names in _WANTED]
    if not all(columns):
        wanted = "source, language and target (or Babelon's source_value, translation_language, translation_value)"
        raise DataError("is no table of terms", path=str(path), remedy=f"give it the columns {wanted}")
    source, language, target = columns
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        status = (row.get("translation_status") or "").casefold()
        words, of, to = ((row.get(name) or "").strip() for name in (source, language, target))
        if words and of and to and status not in _UNFIT:
            found.setdefault(of, {}).setdefault(words, to)
            found[of].setdefault(words.casefold(), to)
    if not found:
        raise DataError("holds no translation", path=str(path), remedy="check its columns and the status of its rows")
    return found


_WANTED = (_SOURCE, _LANGUAGE, _TARGET)
