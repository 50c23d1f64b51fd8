"""The demonstration of ``make demo``: NetBox's choice lists with three real plugins, without us and with us."""
