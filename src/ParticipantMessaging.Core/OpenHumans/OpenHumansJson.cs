using System.Text.Json;
using ParticipantMessaging.Http;

namespace ParticipantMessaging.OpenHumans;

/// <summary>Reads Open Humans' objects. What carries the master token, or leads to people's data, is never read in.</summary>
internal static class OpenHumansJson
{
    public static Participant Member(ref Utf8JsonReader reader, ItemContext context)
    {
        string id = "", user = "";
        DateTimeOffset? joined = null;
        Dictionary<string, object?>? more = null;
        while (Prolific.ProlificJson.Next(ref reader, out string name))
        {
            switch (name)
            {
                case "project_member_id": id = JsonFields.Text(ref reader); break;
                case "created": joined = JsonFields.Time(ref reader, name, ref more); break;
                case "username": user = JsonFields.Text(ref reader); break;

                // The address holds the master token in clear; the files are links to people's data.
                case "exchange_member" or "data" or "next" or "previous": reader.Skip(); break;
                default: JsonFields.Keep(ref reader, name, ref more); break;
            }
        }

        if (id.Length == 0) throw JsonFields.Nobody();
        return new Participant
        {
            ParticipantId = id,
            Account = context.Account,
            Provider = nameof(MessagingProvider.OpenHumans),
            JoinedAt = joined,
            UserName = user,
            AdditionalProperties = context.Scrub(more),
        };
    }

    public static OpenHumansProject Project(ref Utf8JsonReader reader, ItemContext context)
    {
        string id = "", title = "", slug = "", type = "", contact = "";
        long? members = null;
        bool approved = false, active = false;
        while (Prolific.ProlificJson.Next(ref reader, out string name))
        {
            switch (name)
            {
                case "id": id = JsonFields.TextOrDigits(ref reader); break;
                case "name": title = JsonFields.Text(ref reader); break;
                case "slug": slug = JsonFields.Text(ref reader); break;
                case "type": type = JsonFields.Text(ref reader); break;
                case "contact_email": contact = JsonFields.Text(ref reader); break;
                case "authorized_members": members = JsonFields.Number(ref reader); break;
                case "approved": approved = JsonFields.Flag(ref reader); break;
                case "active": active = JsonFields.Flag(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        // 200 with something else in it is a proxy's answer.
        if (id.Length == 0 && title.Length == 0) throw new JsonException("The answer has no id.");
        return new OpenHumansProject
        {
            Id = id,
            Name = title,
            Slug = slug,
            Type = type,
            ContactEmail = contact,
            AuthorizedMembers = members,
            IsApproved = approved,
            IsActive = active,
        };
    }
}
