namespace ParticipantMessaging.Simulator;

/// <summary>
/// The mail job. The API has said "success" whatever happens here: nobody ever hears of it. One mail after the other, in the database's
/// order, and the first that fails ends the job.
/// </summary>
internal sealed class MailWorker(SimulatorOptions options, SimulatorState state)
{
    /// <summary>Mails the members with these ids, or all that are active now; answers how many mails were written.</summary>
    public int Run(long number, string[]? ids, string subject, string message)
    {
        SimParticipant[] people = ids is null
            ? [.. state.StoredMembers().Where(m => m.Active)]
            : [.. ids.Select(state.FindMember).OfType<SimParticipant>().OrderBy(m => m.Position)];
        SimBulkCall? bulk = ids is null || people.Length > 1
            ? new SimBulkCall(ids is null ? "project-all" : "project-list", people.Length, VisibleText.Whole(message), null, number, state.Now)
            : null;

        (string kept, string? spilt, string? problem) = MailHeader.Write(subject, options.ProjectName);
        DjangoTemplate template;
        try
        {
            template = DjangoTemplate.Parse(message);
        }
        catch (FormatException e)
        {
            return Fail("TemplateSyntaxError: " + e.Message, null, []);
        }

        problem = MailHeader.NameProblem(options.ProjectName) ?? problem;
        var mails = new List<(SimParticipant, string)>(people.Length);
        foreach (SimParticipant member in people)
        {
            if (options.WorkerStopsAfter is { } most && mails.Count >= most)
                return Fail("WorkerLostError: the worker was killed", member.Id, mails);
            string body;
            try
            {
                body = template.Render(member.Id);
            }
            catch (FormatException e)
            {
                return Fail(e.Message, member.Id, mails);
            }

            if (!member.HasEmail)
                return Fail("AttributeError: 'NoneType' object has no attribute 'email'", member.Id, mails);
            if (problem is not null)
                return Fail(problem, null, mails);
            if (PythonText.HasLoneSurrogate(body))
                return Fail("UnicodeEncodeError: 'utf-8' codec can't encode character: surrogates not allowed", member.Id, mails);
            if (member.MailRefused)
                return Fail("SMTPRecipientsRefused: 550 5.1.1 mailbox unavailable", member.Id, mails);
            mails.Add((member, spilt + body));
        }

        return state.StoreMails(mails, kept, bulk, number, null);

        int Fail(string error, string? memberId, List<(SimParticipant, string)> written) => state.StoreMails(written, kept, bulk, number,
            new SimWorkerFailure(number, error, memberId, people.Length - written.Count));
    }
}
