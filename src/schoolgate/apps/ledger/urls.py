"""Addresses of the ledger's own page."""

from django.urls import path

from . import views

app_name = "ledger"
urlpatterns = [
    path("verify/", views.verify, name="verify"),
]
