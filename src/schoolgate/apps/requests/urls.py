"""Addresses of requests, decisions and the rules."""

from django.urls import path

from . import views

app_name = "requests"
urlpatterns = [
    path("requests/", views.desk, name="desk"),
    path("requests/mine/", views.mine, name="mine"),
    path("requests/ask/", views.ask, name="ask"),
    path("requests/<uuid:request_id>/", views.one, name="one"),
    path("requests/<uuid:request_id>/match/", views.match, name="match"),
    path("requests/<uuid:request_id>/answer/", views.answer, name="answer"),
    path("requests/<uuid:request_id>/decide/", views.decide, name="decide"),
    path("requests/<uuid:request_id>/confirm/", views.confirm_decision, name="confirm"),
    path("requests/<uuid:request_id>/propose/", views.propose, name="propose"),
    path("requests/<uuid:request_id>/second/", views.second, name="second"),
    path("requests/<uuid:request_id>/notify/", views.notify, name="notify"),
    path("rules/", views.provisions, name="provisions"),
    path("rules/<str:provision_id>/", views.provision, name="provision"),
]
