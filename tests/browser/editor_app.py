"""Serves editor_page.py under the app's own content security policy."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from app import SafeHeaders

app = st.App(Path(__file__).parent / "editor_page.py", middleware=[Middleware(SafeHeaders)])
