from spectrum.answers.text import tokens


def test_a_contraction_without_its_verb_is_a_word_and_no_empty_one() -> None:
    assert tokens("n't") == ["not"]
    assert all(tokens("didn't n't 'll n 't"))
