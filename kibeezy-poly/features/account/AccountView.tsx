"use client";
import { accountMessages } from "@/features/account/messages";
import { PasswordCard } from "@/features/account/PasswordCard";
import { PhoneCard } from "@/features/account/PhoneCard";
import { SessionsCard } from "@/features/account/SessionsCard";
import { LogoutButton } from "@/features/auth";
import { CloseCard, ConsentCard, DataCard } from "@/features/privacy";
import type { Me } from "@/lib/api";
import { formatOwnPhone } from "@/lib/phone";
import { useEnvironmentName } from "@/lib/useEnvironment";
import { useLanguage, useText } from "@/lib/useLanguage";
import { useWallet } from "@/lib/useWallet";
import { Card } from "@/ui/Card";
import { CardSkeleton } from "@/ui/CardSkeleton";
import { FactList } from "@/ui/FactList";
import { LinkRow } from "@/ui/LinkRow";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";

import { RadioRow } from "@/ui/RadioRow";

/** The account page: the customer's data, password, phone number and language. */
export function AccountView({ version }: { version: string }) {
  const text = useText(accountMessages);
  const wallet = useWallet();
  return (
    <PageFrame title={text("title")}>
      <Loaded resource={wallet} skeleton={<CardSkeleton lines={3} />}>
        {({ me }) => (
          <>
            <You me={me} />
            <ul className="divide-y divide-line rounded-card bg-surface px-5 shadow-card">
              <LinkRow
                href="/identity"
                icon="card"
                label={text("identity")}
                value={text(`kyc_${me.kyc_status}`)}
              />
              <LinkRow href="/limits" icon="gauge" label={text("limits")} />
              <LinkRow href="/wallet/statement" icon="list" label={text("statement")} />
            </ul>
            <PhoneCard phone={me.phone_number} />
            <PasswordCard username={me.phone_number} />
            <SessionsCard />
            <ConsentCard />
            <DataCard />
            <CloseCard />
          </>
        )}
      </Loaded>
      <LanguageCard />
      <About version={version} />
    </PageFrame>
  );
}

function You({ me }: { me: Me }) {
  const text = useText(accountMessages);
  return (
    <Card title={text("you")}>
      <FactList
        facts={[
          [text("name"), me.full_name],
          [text("phone"), formatOwnPhone(me.phone_number)],
        ]}
      />
    </Card>
  );
}

function LanguageCard() {
  const text = useText(accountMessages);
  const { language, setLanguage } = useLanguage();
  return (
    <Card title={text("language")}>
      <RadioRow
        legend={text("language")}
        name="language"
        options={[
          { value: "en", label: text("english") },
          { value: "sw", label: text("kiswahili") },
        ]}
        chosen={language}
        onChoose={setLanguage}
      />
    </Card>
  );
}

function About({ version }: { version: string }) {
  const text = useText(accountMessages);
  const environment = useEnvironmentName();
  return (
    <Card title={text("about")}>
      <FactList
        facts={[
          [text("version"), version],
          [text("environment"), environment === null ? "–" : text(`environment_${environment}`)],
        ]}
      />
      <LogoutButton wide />
    </Card>
  );
}
