"""Every address of the site."""

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path

from schoolgate.apps.people.signing_in.dangerous import fresh
from schoolgate.apps.transparency.views import home

# Only the library's pages that this site uses: nobody signs up, nobody changes an e-mail address.
sign_in: list[URLPattern | URLResolver] = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("sign-up/", account.signup, name="account_signup"),
    path("closed/", account.account_inactive, name="account_inactive"),
    path("password/", fresh(account.password_change), name="account_change_password"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("", include(sign_in)),
    path("", include("schoolgate.apps.people.signing_in.urls")),
    path("", include("schoolgate.apps.incidents.urls")),
    path("", include("schoolgate.apps.redactions.urls")),
    path("", include("schoolgate.apps.requests.urls")),
    path("", include("schoolgate.apps.releases.urls")),
    path("", include("schoolgate.apps.transfers.urls")),
    path("", include("schoolgate.apps.exports.urls")),
    path("", include("schoolgate.apps.spreadsheets.urls")),
    path("", include("schoolgate.apps.families.urls")),
    path("", include("schoolgate.apps.people.urls")),
    path("", include("schoolgate.apps.transparency.urls")),
    path("", include("schoolgate.apps.ledger.urls")),
    path("", include("schoolgate.apps.agencies.urls")),
    path("", include("schoolgate.apps.workbench.urls")),
    path("", include("schoolgate.apps.retention.urls")),
]
