"""The mapping of a file: the preview follows every choice, each choice says what it costs, what was used is kept."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from core.events.saved_mappings import saved_mappings
from core.storage.runs import list_runs
from core.storage.workspace import Workspace
from tests.pages.conftest import carry_out, log_named, said
from tests.pages.test_load import uploaded

SHOP = (
    "who;<b>what;a|b;`x`;when;"
    + "n" * 300
    + "\n"
    + "".join(
        f"{'' if place == 3 else f'u{place % 4}'};lamp;{'much' if place == 5 else place};view;0{1 + place % 9}/04/2024;z\n"
        for place in range(20)
    )
)


def choose(app: AppTest, label: str, column: str) -> AppTest:
    return next(box for box in app.selectbox if box.label == label).select(column).run()


def preview_columns(app: AppTest) -> list[str]:
    return list(next(frame.value for frame in app.dataframe if "timestamp" in frame.value.columns).columns)


def imported(app: AppTest, workspace: Workspace) -> dict[str, Any]:
    app.button(key="import-files").click().run()
    assert not app.exception
    run = list_runs(workspace, kind="import")[0]
    carry_out(workspace, run["run_id"])
    found: dict[str, Any] = json.loads(json.dumps(run["spec"]))
    return found


def test_the_preview_follows_every_choice_and_says_what_it_costs(demo: Workspace) -> None:
    app = choose(uploaded(demo, "hostile.csv", SHOP.encode()), "User", "who")
    app = choose(app, "Time (required)", "when")
    assert not app.exception
    assert "1 row would be set aside: 'who' is empty" in said(app)
    assert "value" not in preview_columns(app)
    app = choose(app, "Value", "a|b")
    assert "1 row would be set aside: 'a|b' is not a number" in said(app)
    assert "value" in preview_columns(app)
    assert "Of these, 2 would be set aside" in said(app)
    app = choose(app, "Item", "n" * 300)
    assert "1 different" in said(app)


def test_what_the_times_do_not_tell_is_asked(demo: Workspace) -> None:
    app = choose(uploaded(demo, "asked.csv", SHOP.encode()), "Time (required)", "when")
    (order,) = app.radio
    assert order.label.replace("\\", "") == "What is 01/04/2024? The data fit both."
    assert order.options == ["4 January 2024 (month first)", "1 April 2024 (day first)"]
    app = order.set_value(True).run()
    app = choose(app, "Its times are written in", "Asia/Tokyo")
    first = next(frame.value for frame in app.dataframe if "timestamp" in frame.value.columns).timestamp.iloc[0]
    assert str(first) == "2024-03-31 15:00:00"
    asked = imported(app, demo)
    assert (asked["day_first"], asked["time_zone"]) == (True, "Asia/Tokyo")


def test_a_mapping_that_was_used_is_there_for_the_next_file_of_its_shape(demo: Workspace) -> None:
    text = SHOP.replace("who", "wer")
    app = choose(uploaded(demo, "first.csv", text.encode()), "Time (required)", "when")
    app = choose(app, "Item", "<b>what")
    mapping = imported(app, demo)["mapping"]
    app = uploaded(demo, "second.csv", text.encode())
    assert "This file has the columns of 'first'" in said(app)
    assert {box.label: box.value for box in app.selectbox}["Item"] == "<b>what"
    app = next(toggle for toggle in app.toggle if toggle.label == "Use the guess instead").set_value(True).run()
    assert {box.label: box.value for box in app.selectbox}["Item"] == "not in this file"
    (saved,) = [saved for saved in saved_mappings(demo) if saved.mapping == mapping]
    app.button(key=f"forget-{saved.shape}").click().run()
    assert saved.shape not in {left.shape for left in saved_mappings(demo)}
    assert "This file has the columns" not in said(app)


def test_a_choice_that_cannot_be_is_said_at_once(demo: Workspace) -> None:
    app = choose(uploaded(demo, "untimely.csv", SHOP.encode()), "Time (required)", "<b>what")
    assert not app.exception
    assert "cannot be the timestamp" in app.error[0].value


def test_a_date_and_a_time_of_day_are_shown_as_two_columns_and_can_be_parted(demo: Workspace) -> None:
    text = "user_id,event,date,time\n" + "".join(f"u{n % 3},view,2024-03-13,13:45:{n:02d}\n" for n in range(20))
    app = uploaded(demo, "two.csv", text.encode())
    boxes = {box.label: box.value for box in app.selectbox}
    assert (boxes["Time (required)"], boxes["Its time of day is in"]) == ("date", "time")
    assert "2024-03-13 13:45 to 2024-03-13 13:45 UTC" in said(app)
    app = choose(app, "Its time of day is in", "the same column")
    assert "time" in [name.removeprefix("attribute_") for name in preview_columns(app)]
    assert "2024-03-13 00:00 to" in said(app)
    app = choose(app, "Its time of day is in", "time")
    assert imported(app, demo)["mapping"]["timestamp"] == "date+time"


def test_the_preview_hides_what_the_import_will_hide(demo: Workspace) -> None:
    text = "user_id,email,timestamp\n" + "".join(f"lovelace{n},lovelace{n}@b.org,2024-03-{1 + n}\n" for n in range(20))
    app = uploaded(demo, "private.csv", text.encode())
    assert "lovelace0" in str([frame.value.to_csv() for frame in app.dataframe])
    app = next(each for each in app.toggle if each.label == "Replace user ids by keyed hashes").set_value(True).run()
    assert not app.exception
    assert "lovelace" not in str([frame.value.to_csv() for frame in app.dataframe])
    assert "(hidden)" in str([frame.value.to_csv() for frame in app.dataframe])
    assert "the log's own key will give other hashes" in said(app)
    app = choose(app, "Time (required)", "email")
    assert app.error
    assert "lovelace" not in str([frame.value.to_csv() for frame in app.dataframe])
    app = choose(app, "Time (required)", "timestamp")
    assert imported(app, demo)["privacy"]["hash_users"] is True
    app = uploaded(demo, "more.csv", text.encode())
    app = choose(app, "Import as", f"append {log_named(demo, 'private')}")
    assert "Privacy" not in [each.label for each in app.expander]
    assert "lovelace" not in str([frame.value.to_csv() for frame in app.dataframe])
