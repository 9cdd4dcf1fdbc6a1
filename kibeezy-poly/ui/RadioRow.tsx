type Option<Value> = { value: Value; label: string; disabled?: boolean };

type Props<Value> = {
  legend: string;
  name: string;
  options: readonly Option<Value>[];
  chosen: Value;
  onChoose: (value: Value) => void;
};

/** A few choices side by side: radio buttons styled as chips. */
export function RadioRow<Value extends string | number>(props: Props<Value>) {
  const { legend, name, options, chosen, onChoose } = props;
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">{legend}</legend>
      {options.map(({ value, label, disabled = false }) => (
        <label key={value} className="chip">
          <input
            type="radio"
            name={name}
            value={value}
            disabled={disabled}
            checked={chosen === value}
            onChange={() => {
              onChoose(value);
            }}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
