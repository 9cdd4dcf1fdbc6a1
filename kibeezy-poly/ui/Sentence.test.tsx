import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { renderPage } from "@/test/render";
import { Sentence } from "@/ui/Sentence";

it("keeps the amounts of a sentence of the API on one line", () => {
  renderPage(
    <p data-testid="sentence">
      <Sentence>The limit is KSh 5,000 a day.</Sentence>
    </p>,
  );
  expect(screen.getByTestId("sentence").textContent).toBe("The limit is KSh\u00a05,000 a day.");
});
