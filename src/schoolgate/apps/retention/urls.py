"""Addresses of retention."""

from django.urls import path

from . import views, views_holds

app_name = "retention"
urlpatterns = [
    path("retention/", views.home, name="home"),
    path("retention/due/<slug:series>/", views.due, name="due"),
    path("retention/due/<slug:series>/propose/", views.make, name="propose"),
    path("retention/proposals/<uuid:proposal_id>/", views.proposal, name="proposal"),
    path("retention/proposals/<uuid:proposal_id>/told/", views.told, name="told"),
    path("retention/proposals/<uuid:proposal_id>/sign/", views.second, name="sign"),
    path("retention/proposals/<uuid:proposal_id>/withdraw/", views.take_back, name="withdraw"),
    path("retention/proposals/<uuid:proposal_id>/go-on/", views.go_on, name="go-on"),
    path("retention/proposals/<uuid:proposal_id>/certificate/", views.certificate, name="certificate"),
    path("retention/holds/", views_holds.holds, name="holds"),
    path("retention/holds/<uuid:hold_id>/", views_holds.hold, name="hold"),
    path("retention/holds/<uuid:hold_id>/lift/", views_holds.lift, name="lift"),
    path("retention/left/", views_holds.left, name="left"),
]
