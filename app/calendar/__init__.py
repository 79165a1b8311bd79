"""WHEN: which Saturdays are case-days, until when a report still makes the next one."""
