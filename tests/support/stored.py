"""All that the database holds, in clear and sealed."""


def everything():
    """Every row of every table, bytes and all."""
    from django.apps import apps

    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models(include_auto_created=True)
    }


def everything_sealed():
    """What the sealed columns say."""
    from schoolgate.apps.incidents.models import Incident, Participant
    from schoolgate.apps.incidents.words import open_words
    from schoolgate.apps.people.directory import open_names
    from schoolgate.apps.people.models import Guardian, StaffMember, Student

    names = [open_names(model.objects.select_related("name_key")) for model in (Student, StaffMember, Guardian)]
    words = [open_words(model.objects.all()) for model in (Incident, Participant)]
    return repr([list(one.values()) for one in (*names, *words)])
