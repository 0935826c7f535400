using System.Globalization;
using System.Text;

namespace ParticipantMessaging.Simulator;

/// <summary>Django's letters for dates, as <c>{% now "j F Y" %}</c> takes them.</summary>
internal static class DjangoDate
{
    public static string Format(DateTimeOffset time, string format)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            char letter = format[i];
            if (letter == '\\' && i + 1 < format.Length)
                text.Append(format[++i]);
            else
                text.Append(One(time, letter));
        }

        return text.ToString();
    }

    private static string One(DateTimeOffset time, char letter)
    {
        string By(string pattern) => time.ToString(pattern, CultureInfo.InvariantCulture);
        return letter switch
        {
            'd' => By("dd"),
            'j' => By("%d"),
            'D' => By("ddd"),
            'l' => By("dddd"),
            'S' => (time.Day % 10, time.Day) switch { (1, not 11) => "st", (2, not 12) => "nd", (3, not 13) => "rd", _ => "th" },
            'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
            'z' => time.DayOfYear.ToString(CultureInfo.InvariantCulture),
            'm' => By("MM"),
            'n' => By("%M"),
            'M' => By("MMM"),
            'b' => By("MMM").ToLowerInvariant(),
            'F' or 'E' => By("MMMM"),
            'N' => By("MMM") + ".",
            'Y' or 'o' => By("yyyy"),
            'y' => By("yy"),
            'a' => time.Hour < 12 ? "a.m." : "p.m.",
            'A' => By("tt"),
            'g' => By("%h"),
            'G' => By("%H"),
            'h' => By("hh"),
            'H' => By("HH"),
            'i' => By("mm"),
            's' => By("ss"),
            'u' => By("ffffff"),
            'e' or 'T' => "UTC",
            'O' => "+0000",
            'Z' => "0",
            'c' => By("yyyy-MM-dd'T'HH:mm:ss"),
            'r' => By("ddd, dd MMM yyyy HH:mm:ss +0000"),
            'U' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            't' => DateTime.DaysInMonth(time.Year, time.Month).ToString(CultureInfo.InvariantCulture),
            _ => letter.ToString(),
        };
    }
}
