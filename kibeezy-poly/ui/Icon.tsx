/** Line icons, inline so that no file is fetched. Each is decoration beside a word. */
const PATHS = {
  check: "M4.5 12.5 10 18 19.5 7",
  cross: "M6 6l12 12M18 6 6 18",
  clock: "M12 7v5l3.5 2M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Z",
  phone:
    "M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3Zm2.5 15h3",
  shield: "M12 3 5 6v5c0 4.5 3 8 7 10 4-2 7-5.500 7-10V6l-7-3Zm-3 9 2 2 4-4",
  alert: "M12 8v5m0 3.5v.01M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Z",
  arrowIn: "M12 4v12m0 0-5-5m5 5 5-5M5 20h14",
  arrowOut: "M12 16V4m0 0-5 5m5-5 5 5M5 20h14",
  wallet:
    "M4 8V6.500A1.500 1.500 0 0 1 5.500 5H17v3M4 8h15a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V8Zm12 5.500h.01",
  received: "M18 6 6 18m0-9.500V18h9.500",
  plus: "M12 5v14M5 12h14",
  home: "M4 11.500 12 4.500l8 7V20h-5.500v-5.500h-5V20H4z",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12ZM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z",
  eyeOff:
    "M4 4l16 16M9 6.200A9 9 0 0 1 12 5.500c6 0 9.500 6.500 9.500 6.500a16 16 0 0 1-2.800 3.500M6 8a16 16 0 0 0-3.500 4S6 18.500 12 18.500a9 9 0 0 0 3.500-.7",
  next: "M9 5l7 7-7 7",
  back: "M15 5l-7 7 7 7",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  calendar: "M5 6h14v14H5V6Zm0 5h14M9 3v5m6-5v5",
  help: "M9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.300-1 .8-1 1.700m0 3v.01M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Z",
  gauge: "M4 18a9 9 0 1 1 16 0M12 14l4-5",
  card: "M4 5h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Zm4.500 4a2 2 0 1 1 0 4 2 2 0 0 1 0-4ZM5.500 16c.5-1.500 1.500-2 3-2s2.500.5 3 2M14.500 10H18m-3.500 4H18",
  account:
    "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM4.500 20c1-3.500 3.500-5 7.500-5s6.500 1.500 7.500 5",
  offline:
    "M4 4l16 16M5 12.500a10 10 0 0 1 4-2.300m5.500.400A10 10 0 0 1 19 12.500M8.500 16a5 5 0 0 1 7 0M12 19.500h.01",
} as const;

export type IconName = keyof typeof PATHS;

type Props = { name: IconName; className?: string };

export function Icon({ name, className = "size-5" }: Props) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      className={`shrink-0 ${className}`}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
