"""Sign-ins: what is stored is a hash, whoever made it."""

import pytest
from django.contrib.auth.hashers import make_password

from schoolgate.apps.people.models import User

pytestmark = pytest.mark.django_db


def test_a_shared_password_may_be_hashed_once_but_is_never_stored_in_clear():
    hashed = make_password("east-harbor")
    assert User.objects.create_user("one", "", "One", hashed=hashed).check_password("east-harbor")
    with pytest.raises(ValueError, match="hash"):
        User.objects.create_user("two", "", "Two", hashed="east-harbor")
    assert not User.objects.filter(username="two").exists()
