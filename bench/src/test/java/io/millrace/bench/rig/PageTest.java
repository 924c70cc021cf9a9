package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Results replace those before them and nothing else on the page. */
class PageTest {
    private static final String A = "<!-- a -->";
    private static final String B = "<!-- b -->";

    @Test
    void eachPlaceIsReplacedAlone() {
        String page = Page.with(Page.with("# Head\n", A, "first of a"), B, "first of b") + "tail\n";
        String again = Page.with(page, A, "second of a");
        assertThat(again)
                .startsWith("# Head\n")
                .endsWith("tail\n")
                .contains("second of a", "first of b")
                .doesNotContain("first of a");
        assertThat(Page.with(again, A, "second of a")).isEqualTo(again);
        assertThat(Page.with(again, B, "x")).contains("second of a").doesNotContain("first of b");
    }

    @Test
    void aPlaceWithoutAnEndIsNotTakenForTheRestOfThePage() {
        assertThatThrownBy(() -> Page.with(A + "\ntext by hand", A, "results"))
                .hasMessageContaining("put it where results end");
    }
}
