// What has to be done before Swift's runtime starts; linked, it does so by itself.
