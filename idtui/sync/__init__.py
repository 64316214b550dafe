"""The desk's line to the hospital: entries as FHIR, one batch under way, one receipt per entry."""
