import type { DepositState } from "@/features/deposit/states";

/** How far each kind of deposit has come, of request, PIN and wallet; -1: no progress is shown. */
const STEP: Record<DepositState["kind"], number> = {
  editing: -1,
  confirming: -1,
  refused: -1,
  providerDown: -1,
  succeeded: -1,
  failed: -1,
  sending: 0,
  sendUnclear: 0,
  awaitingPin: 1,
  checking: 1,
  underReview: 1,
};

/**
 * The three steps of a deposit: request, PIN, wallet. Whether a PIN was entered is known only with
 * the outcome, so the second step is never shown as done. Hidden from screen readers, because the
 * text says the same.
 */
export function DepositSteps({ kind }: { kind: DepositState["kind"] }) {
  const current = STEP[kind];
  const now = current === 1 && kind !== "awaitingPin" ? "unsure" : "now";
  return current < 0 ? null : (
    <p aria-hidden="true" className="progress" data-step={now}>
      {[0, 1, 2].map((step) => (
        <i key={step} className={step < current ? "on" : step === current ? now : undefined} />
      ))}
    </p>
  );
}
