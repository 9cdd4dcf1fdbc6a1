/** The sum that a view is about: as large as its line holds, on one line. */

type Props = {
  /** The amount with its currency, as `formatKes` writes it. */
  amount: string;
  testId?: string;
};

export function Sum({ amount, testId }: Props) {
  return (
    <p className="@container min-w-0">
      <span className="sum" data-fit={findFit(amount.length)} data-testid={testId} translate="no">
        {amount}
      </span>
    </p>
  );
}

/** How long the text is: a longer one gets smaller letters. */
function findFit(length: number): "s" | "l" | "xl" | undefined {
  if (length <= 8) return "s";
  if (length <= 12) return undefined;
  return length <= 16 ? "l" : "xl";
}
