"""Who carries the work: departments, utilities, property companies (承办单位)."""
