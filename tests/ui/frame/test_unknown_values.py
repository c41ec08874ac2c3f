"""A value that no case has is said below the page that was filtered by it, also where the page stopped itself."""

from streamlit.testing.v1 import AppTest

from data_access.cases.reader import Reader


def stopping_page(url: str) -> None:
    import streamlit as st

    from data_access import CaseFilter, open_reader
    from ui.frame import unknown_values

    with unknown_values.told():
        st.write(f"{open_reader(url=url).count(CaseFilter(street='没有这条街道'))} 件")
        st.stop()


def test_an_empty_page_says_what_it_did_not_find(reader: Reader) -> None:
    seen = AppTest.from_function(stopping_page, args=(f"duckdb:///{reader.store.folder}",)).run()
    assert not seen.exception and seen.markdown[0].value == "0 件"
    assert "没有找到名为“没有这条街道”的街道" in seen.caption[0].value
