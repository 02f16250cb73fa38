package io.pushrod.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class HtmlReportTest {
  private static Document parsed(Report report) throws Exception {
    DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    return parser.parse(new InputSource(new StringReader(new HtmlReport(report).text())));
  }

  private static int count(Document page, String element) {
    return page.getElementsByTagName(element).getLength();
  }

  @Test
  void pageIsWellFormedWhateverItReports() throws Exception {
    Document page = parsed(Sample.report(Sample.HOSTILE));
    assertThat(count(page, "script")).isZero();
    assertThat(page.getElementsByTagName("h1").item(0).getTextContent())
        .isEqualTo("a sample " + Text.plain(Sample.HOSTILE));
  }

  @Test
  void pageLoadsNothingAndRunsNothing() throws Exception {
    String page = new HtmlReport(Sample.report(Sample.HOSTILE)).text();
    assertThat(page).contains("default-src 'none'");
    assertThat(page.replaceAll("xmlns=\"[^\"]*\"", ""))
        .doesNotContain("http:", "https:", "url(", "@import", "<script", "src=", "href=");
  }

  @Test
  void everyChartHasTwoSizesATitleADescriptionAndATable() throws Exception {
    Document page = parsed(Sample.report("x"));
    NodeList pictures = page.getElementsByTagName("svg");
    assertThat(pictures.getLength()).isEqualTo(6);
    for (int i = 0; i < pictures.getLength(); i++) {
      Element picture = (Element) pictures.item(i);
      assertThat(picture.getAttribute("role")).isEqualTo("img");
      assertThat(picture.getElementsByTagName("title").item(0).getTextContent()).isNotBlank();
      assertThat(picture.getElementsByTagName("desc").item(0).getTextContent()).isNotBlank();
    }
    assertThat(count(page, "figure")).isEqualTo(3);
    assertThat(count(page, "table")).isEqualTo(5);
  }

  @Test
  void idsAreUniqueAndLabelsPointToThem() throws Exception {
    Document page = parsed(Sample.report("x"));
    NodeList all = page.getElementsByTagName("*");
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < all.getLength(); i++) {
      String id = ((Element) all.item(i)).getAttribute("id");
      assertThat(id.isEmpty() || ids.add(id)).as(id).isTrue();
    }
    NodeList pictures = page.getElementsByTagName("svg");
    for (int i = 0; i < pictures.getLength(); i++) {
      Element picture = (Element) pictures.item(i);
      assertThat(ids)
          .contains(
              picture.getAttribute("aria-labelledby"), picture.getAttribute("aria-describedby"));
    }
  }

  @Test
  void linesOfOneChartDifferInColourAndDash() throws Exception {
    Element cpu = (Element) parsed(Sample.report("x")).getElementsByTagName("figure").item(1);
    NodeList paths =
        ((Element) cpu.getElementsByTagName("svg").item(0)).getElementsByTagName("path");
    Set<String> colours = new HashSet<>();
    Set<String> dashes = new HashSet<>();
    for (int i = 0; i < paths.getLength(); i++) {
      Element path = (Element) paths.item(i);
      if (path.getAttribute("class").startsWith("line")) {
        colours.add(path.getAttribute("class"));
        dashes.add(path.getAttribute("stroke-dasharray"));
      }
    }
    assertThat(colours).hasSize(3);
    assertThat(dashes).hasSize(3);
  }

  @Test
  void holeInALineBreaksItsPath() throws Exception {
    String page = new HtmlReport(Sample.report("x")).text();
    assertThat(page).containsPattern("d=\"M[0-9. ]+h0L[0-9. ]+M[0-9. ]+h0\"");
  }

  @Test
  void budgetStandsInTheBars() throws Exception {
    assertThat(new HtmlReport(Sample.report("x")).text()).contains(">budget 1.15<");
  }

  @Test
  void slotsAreFilledOnceAndByNothingThatFillsThem() {
    assertThat(HtmlReport.fill("${a}-${b}", Map.of("a", "${b}$1", "b", "x"))).isEqualTo("${b}$1-x");
  }
}
