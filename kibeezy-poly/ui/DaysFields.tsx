import { Field } from "@/ui/Field";

export type Days = { from: string; to: string };

type Props = {
  days: Days;
  labels: Days;
  errors: { from?: string | null; to?: string | null };
  /** The last day that the customer may choose. */
  max: string;
  onChange: (days: Days) => void;
};

/** Fields for a first and a last day, as the browser's own date inputs. */
export function DaysFields({ days, labels, errors, max, onChange }: Props) {
  return (["from", "to"] as const).map((name) => (
    <Field
      key={name}
      label={labels[name]}
      name={name}
      type="date"
      max={max}
      value={days[name]}
      error={errors[name] ?? null}
      onChange={(event) => {
        onChange({ ...days, [name]: event.target.value });
      }}
    />
  ));
}
