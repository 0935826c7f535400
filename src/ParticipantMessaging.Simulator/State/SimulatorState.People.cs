namespace ParticipantMessaging.Simulator;

public sealed partial class SimulatorState
{
    /// <summary>
    /// Adds the people of a researcher's list who are not there yet, with the studies, submissions and groups that it names. Everybody on
    /// Prolific has a submission, in the first study when the list names none.
    /// </summary>
    /// <param name="csv">The file's bytes: CSV with the columns that the module takes (docs/simulator.md).</param>
    /// <param name="idColumn">The column that names the person; null finds it.</param>
    /// <returns>What became of the rows, in a sentence or two.</returns>
    /// <exception cref="ArgumentException">Nobody is in it; the message says why.</exception>
    public string AddPeople(byte[] csv, string? idColumn = null)
    {
        var list = PeopleList.Read(csv, idColumn);
        int added = 0;
        int known = 0;
        var groups = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var taking = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        lock (_gate)
        {
            foreach (ListedPerson person in list.People)
            {
                bool prolific = person.Provider == SimProvider.Prolific;
                if ((prolific ? _participantsById : _membersById).ContainsKey(person.Id))
                {
                    known++;
                }
                else
                {
                    AddPerson(person.Provider, person.Id, person.FirstName, joinedAt: null, active: true, hasEmail: true);
                    added++;
                }

                if (!prolific)
                    continue;
                string study = person.StudyId ?? _studies[0].Id;
                if (FindStudy(study) is null)
                    AddStudy(id: study);
                if (!taking.TryGetValue(study, out HashSet<string>? there))
                    taking[study] = there = [.. _submissionsByStudy[study].Select(s => s.ParticipantId)];
                if (there.Add(person.Id))
                    AddSubmission(study, person.Id, person.Status ?? _options.SubmissionStatus ?? "AWAITING REVIEW");
                if (person.GroupId is { } group)
                    (groups.TryGetValue(group, out List<string>? members) ? members : groups[group] = []).Add(person.Id);
            }

            foreach ((string id, List<string> members) in groups)
            {
                SimGroup group = FindGroup(id) ?? AddGroup($"Group {_groups.Count + 1}", [], id);
                DateTimeOffset now = Now;
                ChangeGroup(group, inGroup => members.ForEach(m => inGroup.TryAdd(m, now)));
            }
        }

        Touch();
        return PeopleList.Summary(added, known, list.RowsWithoutId);
    }

    /// <summary>A documented status in whatever spelling; null when there is no such status.</summary>
    internal static string? StatusOrNull(string text)
    {
        try
        {
            return text.Length == 0 ? null : KnownStatus(text);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
