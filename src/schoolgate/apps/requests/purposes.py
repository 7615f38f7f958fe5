"""What an agency may say that it needs a record for, in the law's own vocabulary."""

PURPOSES = {
    "investigation": "Investigating a crime",
    "prosecution_or_defense": "Prosecution or defense in court",
    "locate_or_arrest": "Finding or arresting somebody",
    "immigration_enforcement": "Immigration enforcement",
    "intelligence": "Intelligence",
    "emergency_response": "Protecting somebody in danger now",
    "child_protection": "Protecting a child",
    "court_services": "Court services or probation",
    "public_health": "Public health",
    "health_care": "Health care",
    "enrolment_transfer": "The student changes school",
    "services": "Services for the student",
    "other": "Something else",
}
