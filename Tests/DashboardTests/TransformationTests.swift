import JSON
import MetricModel
import Testing

@testable import Dashboard

private let contextForTests = TransformContext(
    scope: VariableScope(
        range: TimeRange(from: cursor - .hours(1), to: cursor),
        zone: ZoneClock(offsetSeconds: 0, now: cursor),
        values: ["limit": VariableValue("1"), "name": VariableValue("Renamed")]),
    zone: ZoneClock(offsetSeconds: 0, now: cursor))

/// The frames as text: fields `name=value,value`, frames apart by `;`.
private func text(_ frames: [Frame]) -> String {
    let names = FieldNames(frames)
    return frames.map { frame in
        frame.fields.indices.map { index in
            names.name(at: index, in: frame) + "="
                + frame.fields[index].values.all.map { $0.isNull ? "-" : $0.plain }.joined(separator: ",")
        }.joined(separator: " ")
    }.joined(separator: "; ")
}

private func apply(_ id: String, _ options: JSONValue, _ frames: [Frame]) -> String {
    var notices = Notices()
    let steps = Transformations.read([["id": .init(.string(id)), "options": options]], path: "t", &notices)
    #expect(notices.all.isEmpty, "\(notices.all.map(\.line))")
    return text(Transformations.apply(steps, to: frames, contextForTests))
}

/// A series with the times 0, 1000, …
private func series(_ refID: String, _ legend: String?, _ labels: LabelSet, _ values: [Double?]) -> Frame {
    Frame(
        refID: refID, name: legend,
        fields: [
            Field("Time", .times(values.indices.map { Int64($0) * 1000 })),
            Field("Value", .numbers(values), labels: labels, legend: legend),
        ])
}

private let a = series("A", "a", ["job": "x", "env": "p"], [1, 2, nil])
private let b = series("B", "b", ["job": "y", "env": "p"], [3, 4, 5])

private let table = Frame(
    refID: "A",
    fields: [
        Field("Time", .times([0, 0, 0])), Field("pod", .texts(["p2", "p10", "p1"])),
        Field("ns", .texts(["n", "m", "n"])),
        Field("Value #A", .numbers([3, 1, nil])),
    ])

private let other = Frame(
    refID: "B",
    fields: [
        Field("Time", .times([0, 0])), Field("pod", .texts(["p1", "p2"])), Field("ns", .texts(["n", "n"])),
        Field("Value #B", .numbers([7, 8])),
    ])

@Test func organizeOrdersHidesAndRenames() {
    #expect(
        apply(
            "organize",
            [
                "excludeByName": ["Time": true], "indexByName": ["Value #A": 0, "pod": 1],
                "renameByName": ["pod": "$name", "ns": ""],
            ],
            [table]) == "Value #A=3,1,- Renamed=p2,p10,p1 ns=n,m,n")
    #expect(apply("organize", ["includeByName": ["pod": true]], [table]) == "pod=p2,p10,p1")
    #expect(
        apply("organize", ["orderByMode": "auto", "orderBy": [["desc": true]]], [table]).hasPrefix("pod"))
}

@Test func mergePutsRowsThatAgreeTogether() {
    #expect(
        apply("merge", [:], [table, other])
            == "Time=0,0,0 pod=p2,p10,p1 ns=n,m,n Value #A=3,1,- Value #B=8,-,7")
    // Frames that share nothing stay apart.
    #expect(
        apply(
            "merge", [:],
            [
                Frame(refID: "A", fields: [Field("x", .numbers([1]))]),
                Frame(refID: "B", fields: [Field("y", .numbers([2]))]),
            ]) == "x=1; y=2")
    #expect(apply("merge", [:], []) == "")
}

@Test func joinsByField() {
    #expect(
        apply("joinByField", ["byField": "pod"], [table, other])
            == "pod=p2,p10,p1 Time 1=0,0,0 ns 1=n,m,n Value #A=3,1,- Time 2=0,-,0 ns 2=n,-,n Value #B=8,-,7")
    #expect(
        apply("joinByField", ["byField": "pod", "mode": "inner"], [table, other]).hasPrefix("pod=p2,p1 "))
    #expect(apply("seriesToColumns", [:], [a, b]) == "Time=0,1000,2000 a=1,2,- b=3,4,5")
    let twice = Frame(
        refID: "C", fields: [Field("pod", .texts(["p1", "p1"])), Field("c", .numbers([1, 2]))])
    #expect(
        apply("joinByField", ["byField": "pod", "mode": "outerTabular"], [other, twice]).hasPrefix(
            "pod=p1,p1,p2"))
    #expect(apply("joinByField", ["byField": "nothing"], [table]) == "")
}

@Test func joinsByLabels() {
    #expect(apply("joinByLabels", ["value": "job"], [a, b]) == "env=p x=2 y=5")
}

@Test func reduceMakesRowsOrValues() {
    #expect(apply("reduce", ["reducers": ["max", "mean"]], [a, b]) == "Field=a,b Max=2,5 Mean=1.5,4")
    #expect(
        apply("reduce", ["reducers": ["lastNotNull"], "labelsToFields": true], [a, b])
            == "Field=Value,Value env=p,p job=x,y Last *=2,5")
    #expect(apply("reduce", ["reducers": ["sum"], "mode": "reduceFields"], [a]) == "a=3")
}

@Test func groupsRows() {
    #expect(
        apply(
            "groupBy",
            [
                "fields": [
                    "ns": ["operation": "groupby"],
                    "Value #A": ["operation": "aggregate", "aggregations": ["sum", "count"]],
                ]
            ],
            [table]) == "ns=n,m Value #A (sum)=3,1 Value #A (count)=1,1")
    #expect(apply("groupBy", ["fields": [:]], [b]) == "Time=0,1000,2000 b=3,4,5")
}

@Test func calculatesFields() {
    let wide: JSONValue = ["mode": "reduceRow", "reduce": ["reducer": "sum"]]
    #expect(apply("calculateField", wide, [a, b]) == "Time=0,1000,2000 a=1,2,- b=3,4,5 Total=4,6,5")
    #expect(
        apply(
            "calculateField",
            [
                "mode": "binary", "binary": ["left": "a", "operator": "/", "right": "b"], "alias": "r",
                "replaceFields": true,
            ], [a, b])
            == "Time=0,1000,2000 r=\(NumberText.shortest(1.0 / 3)),0.5,-")
    #expect(
        apply(
            "calculateField",
            [
                "mode": "binary",
                "binary": [
                    "left": ["matcher": ["id": "byName", "options": "b"]], "operator": "*",
                    "right": ["fixed": "2"],
                ],
            ], [b])
            == "Time=0,1000,2000 b=3,4,5 b * 2=6,8,10")
    #expect(
        apply("calculateField", ["mode": "unary", "unary": ["operator": "abs", "fieldName": "b"]], [b])
            .hasSuffix("abs(b)=3,4,5"))
    #expect(
        apply(
            "calculateField",
            ["mode": "cumulativeFunctions", "cumulative": ["field": "b", "reducer": "sum"]], [b]
        ).hasSuffix("=3,7,12"))
    #expect(
        apply(
            "calculateField",
            [
                "mode": "windowFunctions",
                "window": ["field": "b", "reducer": "mean", "windowSize": 2, "windowSizeMode": "fixed"],
            ], [b]
        )
        .hasSuffix("=3,3.5,4.5"))
    #expect(apply("calculateField", ["mode": "index"], [b]).hasSuffix("Row=0,1,2"))
}

@Test func labelsBecomeFields() {
    #expect(
        apply("labelsToFields", [:], [a, b])
            == "Time=0,1000,2000,0,1000,2000 env=p,p,p,p,p,p job=x,x,x,y,y,y Value=1,2,-,3,4,5")
    #expect(apply("labelsToFields", ["keepLabels": ["job"]], [b]) == "Time=0,1000,2000 job=y,y,y Value=3,4,5")
    #expect(apply("labelsToFields", ["valueLabel": "job"], [b]).contains("y=3,4,5"))
    #expect(apply("labelsToFields", ["mode": "rows"], [b]) == "label=env,job value=p,y")
}

@Test func seriesBecomeRowsAndBack() {
    #expect(
        apply("seriesToRows", [:], [a, b])
            == "Time=2000,2000,1000,1000,0,0 Metric=a,b,a,b,a,b Value=-,5,2,4,1,3")
    #expect(apply("prepareTimeSeries", ["format": "wide"], [a, b]) == "Time=0,1000,2000 a=1,2,- b=3,4,5")
    #expect(
        apply("timeSeriesTable", [:], [a, series("A", "c", ["job": "z"], [9])])
            == "env=p,- job=x,z Trend #A=2,9")
}

@Test func selectsFields() {
    #expect(apply("filterFieldsByName", ["include": ["names": ["pod"]]], [table]) == "pod=p2,p10,p1")
    #expect(
        apply("filterFieldsByName", ["include": ["pattern": "/^(pod|ns)$/"]], [table])
            == "pod=p2,p10,p1 ns=n,m,n")
    #expect(
        apply("filterFieldsByName", ["exclude": ["pattern": "Time|ns"]], [table])
            == "pod=p2,p10,p1 Value #A=3,1,-")
    #expect(apply("filterByRefId", ["include": "B"], [a, b]) == "Time=0,1000,2000 b=3,4,5")
    #expect(apply("filterByRefId", ["include": "A|B"], [a, b]).contains("; "))
    #expect(
        apply("renameByRegex", ["regex": "(.)", "renamePattern": "<$1>"], [b]) == "Time=0,1000,2000 <b>=3,4,5"
    )
}

@Test func selectsRows() {
    #expect(apply("sortBy", ["sort": [["field": "pod"]]], [table]).contains("pod=p1,p2,p10"))
    #expect(
        apply("sortBy", ["sort": [["field": "Value #A", "desc": true]]], [table]).hasSuffix("Value #A=3,1,-"))
    #expect(apply("limit", ["limitField": "$limit"], [table]).contains("pod=p2 "))
    #expect(
        apply(
            "filterByValue",
            [
                "type": "include", "match": "all",
                "filters": [
                    ["fieldName": "Value #A", "config": ["id": "greater", "options": ["value": "$limit"]]]
                ],
            ], [table]
        )
        .contains("pod=p2 "))
    #expect(
        apply(
            "filterByValue",
            [
                "type": "exclude", "match": "any",
                "filters": [["fieldName": "Value #A", "config": ["id": "isNull"]]],
            ], [table]
        )
        .contains("pod=p2,p10 "))
    #expect(
        apply(
            "filterByValue",
            [
                "type": "include", "match": "any",
                "filters": [["fieldName": "pod", "config": ["id": "regex", "options": ["value": "^p1$"]]]],
            ], [table]
        )
        .contains("pod=p1 "))
}

@Test func convertsFields() {
    let words = Frame(
        refID: "A",
        fields: [
            Field("n", .texts(["1", "x"])), Field("j", .texts([#"{"a": {"b": 2}, "c": "d"}"#, "k=5,l=m"])),
        ])
    #expect(
        apply(
            "convertFieldType", ["conversions": [["targetField": "n", "destinationType": "number"]]], [words]
        ).hasPrefix("n=1,-"))
    #expect(
        apply("extractFields", ["source": "j", "format": "auto", "replace": true], [words]).contains("k=-,5"))
    #expect(
        apply(
            "extractFields",
            [
                "source": "j", "format": "json", "replace": true,
                "jsonPaths": [["path": "a.b", "alias": "ab"]],
            ], [words]) == "ab=2,-")
    #expect(
        apply("formatTime", ["timeField": "Time", "outputFormat": "mm:ss"], [b])
            == "Time=00:00,00:01,00:02 b=3,4,5")
    #expect(
        apply("formatString", ["stringField": "pod", "outputFormat": "Upper Case"], [other]).contains(
            "pod=P1,P2"))
}

@Test func configurationComesFromData() throws {
    let limits = series("C", "c", [:], [10, 20])
    var notices = Notices()
    let steps = Transformations.read(
        [
            [
                "id": "configFromData",
                "options": ["configRefId": "C", "mappings": [["fieldName": "c", "handlerKey": "max"]]],
            ]
        ], path: "t", &notices)
    let frames = Transformations.apply(steps, to: [b, limits], contextForTests)
    #expect(frames.count == 1)
    #expect(frames[0].fields[1].config.max == 20)
    #expect(frames[0].fields[0].config.max == nil)
}

@Test func matricesAndOtherShapes() {
    #expect(
        apply(
            "groupingToMatrix", ["columnField": "ns", "rowField": "pod", "valueField": "Value #A"], [table])
            == "pod\\ns=p2,p10,p1 n=3,-,- m=-,1,-")
    #expect(
        apply(
            "rowsToFields", [:],
            [Frame(refID: "A", fields: [Field("k", .texts(["x", "y"])), Field("v", .numbers([1, 2]))])])
            == "x=1 y=2")
    #expect(apply("concatenate", [:], [a, b]) == "Time=0,1000,2000 a=1,2,- b=3,4,5")
    #expect(
        apply(
            "transpose", [:],
            [Frame(refID: "A", fields: [Field("k", .texts(["x", "y"])), Field("v", .numbers([1, 2]))])])
            == "Field=v x=1 y=2")
    #expect(
        apply(
            "partitionByValues", ["fields": ["ns"]],
            [Frame(refID: "A", fields: [table.fields[1], table.fields[2]])]) == "n pod=p2,p1; m pod=p10")
    #expect(apply("histogram", ["bucketSize": 2], [b]) == "BucketMin=2,4 BucketMax=4,6 b=1,2")
    #expect(apply("append", [:], [table, other]).hasPrefix("Time=0,0,0,0,0 pod=p2,p10,p1,p1,p2"))
}

@Test func unknownTransformationsAreNamedAndDisabledOnesSkipped() {
    var notices = Notices()
    let steps = Transformations.read(
        [
            ["id": "spatial", "options": [:]], ["id": "limit", "disabled": true, "options": [:]],
            ["id": "limit", "filter": ["id": "byRefId", "options": "B"], "options": ["limitField": 1]],
        ],
        path: "transformations", &notices)
    #expect(steps.count == 1)
    #expect(notices.all.map(\.line) == ["transformations[0].id = spatial: not honoured"])
    #expect(
        text(Transformations.apply(steps, to: [a, b], contextForTests))
            == "Time=0,1000,2000 a=1,2,-; Time=0 b=3")
}

@Test func transformationsOfNothingAreNothing() {
    let ids = [
        "organize", "filterFieldsByName", "filterByRefId", "renameByRegex", "merge", "joinByField",
        "joinByLabels", "concatenate", "reduce",
        "groupBy", "calculateField", "labelsToFields", "seriesToRows", "timeSeriesTable", "groupingToMatrix",
        "rowsToFields", "prepareTimeSeries",
        "transpose", "partitionByValues", "sortBy", "limit", "filterByValue", "convertFieldType",
        "formatTime", "configFromData", "extractFields",
        "histogram", "append",
    ]
    let empty = Frame(refID: "A", fields: [Field("Time", .times([])), Field("Value", .numbers([]))])
    for id in ids {
        _ = apply(id, [:], [])
        _ = apply(id, [:], [Frame(refID: "A", fields: [])])
        _ = apply(id, [:], [empty])
        _ = apply(id, [:], [empty, table])
    }
}
