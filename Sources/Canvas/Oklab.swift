import Glibc

/// A colour in Oklab, where equal distances look equally far apart.
///
/// - SeeAlso: Björn Ottosson, "A perceptual color space for image processing", 2020.
package struct OklabColor: Sendable, Hashable {
    /// 0 black … 1 white.
    package var lightness: Double
    package var a: Double
    package var b: Double

    /// - Parameter rgb: sRGB, 0xRRGGBB.
    package init(_ rgb: UInt32) {
        let red = linear[Int(rgb >> 16 & 0xff)]
        let green = linear[Int(rgb >> 8 & 0xff)]
        let blue = linear[Int(rgb & 0xff)]
        let l = cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
        let m = cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
        let s = cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
        lightness = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s
        a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
        b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
    }

    /// Square of the distance. Hue weighs more than lightness: a dark red must not turn grey.
    package func distance(to other: OklabColor) -> Double {
        let (dl, da, db) = (lightness - other.lightness, a - other.a, b - other.b)
        return dl * dl + 2 * (da * da + db * db)
    }

    /// 0 for greys, about 0.3 for the most saturated colours.
    package var chroma: Double { (a * a + b * b).squareRoot() }

    /// How far apart two colours are by hue first, by lightness where their hues are alike; neither may be grey.
    package func hueDistance(to other: OklabColor) -> Double {
        let (da, db) = (a / chroma - other.a / other.chroma, b / chroma - other.b / other.chroma)
        let dl = lightness - other.lightness
        return da * da + db * db + dl * dl
    }

    /// The colour as sRGB, cut to what a screen can show.
    package var rgb: UInt32 {
        let l = power3(lightness + 0.3963377774 * a + 0.2158037573 * b)
        let m = power3(lightness - 0.1055613458 * a - 0.0638541728 * b)
        let s = power3(lightness - 0.0894841775 * a - 1.2914855480 * b)
        let red = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s
        let green = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s
        let blue = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s
        return encoded(red) << 16 | encoded(green) << 8 | encoded(blue)
    }
}

private func power3(_ value: Double) -> Double { value * value * value }

/// Linear light of each sRGB level.
private let linear: [Double] = (0..<256).map { level in
    let value = Double(level) / 255
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
}

private func encoded(_ light: Double) -> UInt32 {
    let value = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055
    return UInt32((min(1, max(0, value)) * 255).rounded())
}
