using System.Globalization;

namespace ParticipantMessaging.Simulator;

/// <summary>The program's switches.</summary>
internal static class SimulatorArguments
{
    public const string Usage = """
        A simulator of the messaging APIs of Prolific and Open Humans. Nobody real is messaged.

          --port N                 port; 0 takes a free one (default 0)
          --address IP             address to listen on (default 127.0.0.1)
          --allow-remote           allow an address that other machines can reach
          --participants N         Prolific participants to seed (default 20)
          --members N              Open Humans members to seed (default: as many as participants)
          --people FILE            a list of your own (CSV) whose people take the place of made-up ones
          --id-column NAME         the column of the list that names the person (default: found by its name)
          --seed N                 everything seeded follows from this number (default 1)
          --studies N              studies (default 1)
          --submissions N          submissions of the first study (default: one of each participant)
          --submission-status S    one status for all of them (default: all statuses)
          --groups N               participant groups (default 2)
          --unread N               unread messages (default 0)
          --events N               entries of the webhook event log (default 0)
          --webhook-secret TEXT    the workspace's webhook secret (default: none, or made up when there are events)
          --latency-min-ms N       least artificial latency (default 0)
          --latency-max-ms N       greatest artificial latency (default 0)
          --state FILE             keep the state in a file
          --prolific-token TEXT    token that is accepted (default sim-prolific-token)
          --open-humans-token TEXT master token that is accepted
          --documented-spelling    messages as documented (sender_id, sent_at) instead of as live
          --null-results           empty message lists as null
          --unknown-fields         objects carry fields that nobody has documented
          --list-subscription-answer  a created subscription is answered as a list
          --project-name TEXT      name of the Open Humans project
          --without-address N      Open Humans members that have no mail address (default 0)
          --mail-refused N         Open Humans members whose address the mail server refuses (default 0)
          --member-order S         Stored or Shuffled
          --members-leave N        so many members leave after every page of the list but the last (default 0)
          --broker-down            Open Humans cannot reach its broker: sends wait, then the connection is closed
          --worker-stops-after N   Open Humans' mail worker is killed after so many mails of a job
          --sanitise-bodies        clean bodies when they are read back
          --no-broadcasts          broadcasts are switched off (404)
          --no-conversations       conversations are switched off (404)
          --no-study-check         messages may name any study
          --partial-bulk           a bulk message with unknown ids reaches the known ones
          --bulk-limit N           most recipients of a bulk message (default 4000)
          --body-limit N           longest body; 0 for none (default 10000)
          --error-shape S          Declared, Wrapped, Bare, Simple, Detail or Html
          --event-order S          NewestFirst, OldestFirst or Shuffled
          --list-all-subscriptions-answer  a created subscription is answered as a list of all, the new one last
          --page-size N            most rows of one answer, lists without pages included (default: as many as asked for)
          --list-counts S          AsUsual, Always or Never
          --no-links               lists do not link to their next page
          --ignore-offset          every page is the first one
          --changing-answers       lists differ from call to call
          --no-participant-count   groups do not tell how many people are in them
          --rate N/UNIT            steady rate of each token's calls: 60/minute, 5/second; the others are 429
          --rate-burst N           calls that may come at once (default: a second's worth, at least 1)
          --no-retry-after         429 of the rate without Retry-After
          --clock OFFSET           the services' clock is ahead by so much: +3s, -2m
          --https-targets-only     webhook targets as the provider demands: https, not loopback
          --no-webhook-delivery    events are logged only
          --no-request-log         requests are not logged (for benchmarks)
          --exit-with-parent PID   end when that process ends
          --exit-on-stdin-close    end when standard input is closed

        """;

    public static SimulatorOptions Parse(string[] args)
    {
        var options = new SimulatorOptions();
        for (int i = 0; i < args.Length; i++)
        {
            string name = args[i];
            string? inline = null;
            int equals = name.IndexOf('=', StringComparison.Ordinal);
            if (name.StartsWith("--", StringComparison.Ordinal) && equals > 0)
            {
                inline = name[(equals + 1)..];
                name = name[..equals];
            }

            string Value() => inline ?? (++i < args.Length ? args[i] : throw new ArgumentException($"{name} needs a value."));
            int Number() => int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? number
                : throw new ArgumentException($"{name} needs a number.");
            T Choice<T>() where T : struct, Enum => Enum.TryParse(Value(), ignoreCase: true, out T choice)
                ? choice
                : throw new ArgumentException($"{name} takes one of {string.Join(", ", Enum.GetNames<T>())}.");

            if (Switch(options, name))
                continue;
            switch (name)
            {
                case "--port": options.Port = Number(); break;
                case "--address": options.Address = Value(); break;
                case "--participants": options.Participants = Number(); break;
                case "--members": options.Members = Number(); break;
                case "--people": options.PeopleFile = Value(); break;
                case "--id-column": options.IdColumn = Value(); break;
                case "--seed": options.Seed = Number(); break;
                case "--studies": options.Studies = Number(); break;
                case "--submissions": options.Submissions = Number(); break;
                case "--submission-status": options.SubmissionStatus = Value(); break;
                case "--groups": options.Groups = Number(); break;
                case "--unread": options.Unread = Number(); break;
                case "--events": options.Events = Number(); break;
                case "--webhook-secret": options.WebhookSecret = Value(); break;
                case "--latency-min-ms": options.LatencyMinMs = Number(); break;
                case "--latency-max-ms": options.LatencyMaxMs = Number(); break;
                case "--state": options.StateFile = Value(); break;
                case "--prolific-token": options.ProlificToken = Value(); break;
                case "--open-humans-token": options.OpenHumansToken = Value(); break;
                case "--project-name": options.ProjectName = Value(); break;
                case "--without-address": options.WithoutAddress = Number(); break;
                case "--mail-refused": options.MailRefused = Number(); break;
                case "--member-order": options.MemberOrder = Choice<SimMemberOrder>(); break;
                case "--members-leave": options.MembersLeave = Number(); break;
                case "--worker-stops-after": options.WorkerStopsAfter = Number(); break;
                case "--page-size": options.PageSize = Number(); break;
                case "--list-counts": options.ListCounts = Choice<SimListCounts>(); break;
                case "--rate": options.Rate = SimRate.Parse(Value()); break;
                case "--rate-burst": options.RateBurst = Number(); break;
                case "--clock": options.ClockOffset = SimDuration.Parse(Value()); break;
                case "--bulk-limit": options.BulkLimit = Number(); break;
                case "--body-limit": options.BodyLimit = Number(); break;
                case "--error-shape": options.ErrorShape = Choice<ProlificErrorShape>(); break;
                case "--event-order": options.EventOrder = Choice<SimEventOrder>(); break;
                case "--exit-with-parent": options.ParentProcessId = Number(); break;
                default: throw new ArgumentException($"There is no option '{name}'.");
            }
        }

        return options;
    }

    private static bool Switch(SimulatorOptions options, string name)
    {
        switch (name)
        {
            case "--allow-remote": options.AllowRemote = true; return true;
            case "--documented-spelling": options.DocumentedSpelling = true; return true;
            case "--null-results": options.NullResults = true; return true;
            case "--unknown-fields": options.UnknownFields = true; return true;
            case "--list-subscription-answer": options.ListSubscriptionAnswer = true; return true;
            case "--sanitise-bodies": options.SanitiseBodies = true; return true;
            case "--no-broadcasts": options.Broadcasts = false; return true;
            case "--no-conversations": options.Conversations = false; return true;
            case "--no-study-check": options.CheckStudies = false; return true;
            case "--partial-bulk": options.PartialBulk = true; return true;
            case "--list-all-subscriptions-answer": options.ListAllSubscriptionsAnswer = true; return true;
            case "--no-links": options.ListLinks = false; return true;
            case "--ignore-offset": options.IgnoreOffset = true; return true;
            case "--changing-answers": options.ChangingAnswers = true; return true;
            case "--no-participant-count": options.NoParticipantCount = true; return true;
            case "--no-retry-after": options.RateRetryAfter = false; return true;
            case "--broker-down": options.BrokerDown = true; return true;
            case "--https-targets-only": options.AllowHttpTargets = false; return true;
            case "--no-webhook-delivery": options.DeliverWebhooks = false; return true;
            case "--no-request-log": options.RequestLog = false; return true;
            case "--exit-on-stdin-close": options.ExitOnInputClosed = true; return true;
            default: return false;
        }
    }
}
