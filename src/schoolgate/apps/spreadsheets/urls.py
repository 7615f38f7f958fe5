"""Addresses of spreadsheets."""

from django.urls import path

from . import views

app_name = "spreadsheets"
urlpatterns = [
    path("spreadsheets/", views.home, name="home"),
    path("spreadsheets/mappings/<uuid:mapping_id>/forget/", views.forget, name="forget"),
    path("spreadsheets/<uuid:sheet_id>/", views.one, name="one"),
    path("spreadsheets/<uuid:sheet_id>/columns/", views.columns, name="columns"),
    path("spreadsheets/<uuid:sheet_id>/import/", views.bring_in, name="import"),
    path("spreadsheets/<uuid:sheet_id>/go-on/", views.go_on, name="go-on"),
    path("spreadsheets/<uuid:sheet_id>/drop/", views.drop_it, name="drop"),
]
