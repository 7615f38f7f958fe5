"""Addresses of signing in."""

from django.urls import include, path

from . import views, views_keeping, views_own

keeping = [
    path("your-sign-in/", views_own.own, name="own"),
    path("your-sign-in/add/", views_own.add_factor, name="add"),
    path("your-sign-in/factors/<int:number>/remove/", views_own.remove_factor, name="remove"),
    path("your-sign-in/codes/", views_own.renew_codes, name="codes"),
    path("your-sign-in/sessions/end/", views_own.end_all, name="end-all"),
    path("your-sign-in/sessions/<uuid:session>/end/", views_own.end_one, name="end"),
    path("sign-ins/", views_keeping.door, name="door"),
    path("sign-ins/changes/<uuid:change>/", views_keeping.settle, name="settle"),
    path("sign-ins/<uuid:user>/", views_keeping.person, name="person"),
    path("sign-ins/<uuid:user>/<slug:what>/", views_keeping.change, name="change"),
]

urlpatterns = [
    # The library leads to these by name, so they stand in no namespace.
    path("sign-in/second/", views.second, name="sign_in_second"),
    path("sign-in/set-up/", views.enrol, name="sign_in_enrol"),
    path("sign-in/password/", views.own_password, name="sign_in_password"),
    path("sign-in/district/", views.district, name="sign_in_district"),
    path("sign-in/district/back/", views.district_back, name="sign_in_district_back"),
    path("confirm/", views_own.confirm, name="account_reauthenticate"),
    path("", include((keeping, "signing_in"))),
]
