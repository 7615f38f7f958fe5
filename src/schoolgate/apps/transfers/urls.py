"""Addresses of copies that moved on, and of the letters about them."""

from django.urls import path

from . import views, views_letters

app_name = "transfers"
urlpatterns = [
    path("seen/", views.home, name="home"),
    path("seen/tell/", views.tell, name="tell"),
    path("seen/<uuid:transfer_id>/", views.one, name="one"),
    path("seen/<uuid:transfer_id>/evidence/", views.evidence, name="evidence"),
    path("seen/<uuid:transfer_id>/accept/", views.accept, name="accept"),
    path("seen/<uuid:transfer_id>/reject/", views.reject, name="reject"),
    path("seen/<uuid:transfer_id>/answer/", views.answer, name="answer"),
    path("seen/<uuid:transfer_id>/look/", views.look, name="look"),
    path("seen/<uuid:transfer_id>/letters/", views.letters, name="letters"),
    path("seen/<uuid:transfer_id>/close/", views.close, name="close"),
    path("seen/<uuid:transfer_id>/reopen/", views.reopen, name="reopen"),
    path("seen/<uuid:transfer_id>/withdraw/", views.withdraw, name="withdraw"),
    path("letters/<uuid:letter_id>/", views_letters.letter, name="letter"),
    path("letters/<uuid:letter_id>/pdf/", views_letters.pdf, name="letter-pdf"),
    path("letters/<uuid:letter_id>/approve/", views_letters.approve, name="approve"),
    path("seen/<uuid:transfer_id>/ask-watched/", views_letters.ask_watched, name="ask-watched"),
    path("letters/<uuid:letter_id>/withdraw/", views_letters.withdraw, name="withdraw-approval"),
    path("letters/<uuid:letter_id>/sent/", views_letters.sent, name="sent"),
]
