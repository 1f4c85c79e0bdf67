"""Features: the numbers that describe a history at a moment."""

import streamlit as st

from core.errors import WhypathError
from core.events.features.listing import features_of, request
from core.events.features.spec import FeaturesSpec
from pages.shared import cached, controls, feature_form, feature_views

controls.header("Features", "The numbers that describe a history at a moment, from nothing but what lies before it.")
log = controls.open_log_or_wait()
try:
    spec, broken = request(cached.workspace(), log, feature_views.moment_settings())
    features = features_of(log, spec)
    population = cached.feature_table(log, spec, rows=feature_views.PREVIEW_ROWS).population
    feature_views.who(population)
    shown = feature_views.show_list(features, broken)
    feature_views.show_one(log, spec, features)
    feature_views.show_table(log, FeaturesSpec.read({**spec.plain(), "names": shown}), population)
    feature_form.show(log)
except WhypathError as error:
    st.error(controls.plain(str(error)))
